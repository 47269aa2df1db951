ALTER TABLE `api_keys` ADD `role` text;--> statement-breakpoint
ALTER TABLE `api_keys` ADD `subject` text;--> statement-breakpoint
ALTER TABLE `tenants` ADD `suspended_at_ms` integer;