CREATE TABLE `erasures` (
	`tenant_id` text PRIMARY KEY NOT NULL,
	`requested_at_ms` integer NOT NULL,
	`requested_by` text NOT NULL,
	`step` text DEFAULT '',
	`position` text,
	`removed` text DEFAULT '{}' NOT NULL,
	`finished_at_ms` integer,
	FOREIGN KEY (`tenant_id`) REFERENCES `tenants`(`id`) ON UPDATE no action ON DELETE no action
);
