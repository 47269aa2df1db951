ALTER TABLE `api_keys` ADD `created_by` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `policy` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `addresses` text DEFAULT '' NOT NULL;