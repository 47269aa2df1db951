CREATE TABLE `workflow_dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`failure` text NOT NULL,
	`attempts` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
