CREATE TABLE `workflow_hooks` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`token` text NOT NULL,
	`run_id` text NOT NULL,
	`hook_id` text NOT NULL,
	`claim_id` text NOT NULL,
	`is_webhook` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`tenant`, `app`, `token`)
);
--> statement-breakpoint
CREATE INDEX `workflow_hooks_by_id` ON `workflow_hooks` (`tenant`,`app`,`hook_id`);--> statement-breakpoint
CREATE INDEX `workflow_hooks_by_token` ON `workflow_hooks` (`token`);--> statement-breakpoint
CREATE TABLE `workflow_runs` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`run_id` text NOT NULL,
	`workflow_name` text NOT NULL,
	`status` text NOT NULL,
	`deployment_id` text NOT NULL,
	`spec_version` integer NOT NULL,
	`error` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`completed_at_ms` integer,
	`version` integer NOT NULL,
	PRIMARY KEY(`tenant`, `app`, `run_id`)
);
--> statement-breakpoint
CREATE INDEX `workflow_runs_by_name` ON `workflow_runs` (`tenant`,`app`,`workflow_name`,`run_id`);--> statement-breakpoint
CREATE INDEX `workflow_runs_by_status` ON `workflow_runs` (`tenant`,`app`,`status`,`run_id`);