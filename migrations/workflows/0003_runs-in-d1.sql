CREATE TABLE `workflow_events` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`run_id` text NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`type` text NOT NULL,
	`correlation_id` text NOT NULL,
	`data` text,
	`payload` blob,
	`spilled_bytes` integer,
	`spec_version` integer NOT NULL,
	`occurred_at_ms` integer,
	`call_id` text,
	PRIMARY KEY(`tenant`, `app`, `run_id`, `seq`)
);
--> statement-breakpoint
CREATE INDEX `workflow_events_of_part` ON `workflow_events` (`tenant`,`app`,`run_id`,`correlation_id`,`type`);--> statement-breakpoint
CREATE TABLE `workflow_messages` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`run_id` text NOT NULL,
	`id` text NOT NULL,
	`key` text,
	`kind` text NOT NULL,
	`is_wake_up` integer NOT NULL,
	`queue` text NOT NULL,
	`body` text NOT NULL,
	`due_at_ms` integer NOT NULL,
	`attempt` integer NOT NULL,
	`claimed_until_ms` integer NOT NULL,
	`is_sent` integer NOT NULL,
	`failure` text,
	PRIMARY KEY(`tenant`, `app`, `run_id`, `id`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `workflow_messages_by_key` ON `workflow_messages` (`tenant`,`app`,`run_id`,`key`);--> statement-breakpoint
CREATE TABLE `workflow_steps` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`run_id` text NOT NULL,
	`step_id` text NOT NULL,
	`rank` integer NOT NULL,
	`step_name` text NOT NULL,
	`status` text NOT NULL,
	`attempt` integer NOT NULL,
	`error` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`completed_at_ms` integer,
	`retry_after_ms` integer,
	`spec_version` integer NOT NULL,
	`version` integer NOT NULL,
	PRIMARY KEY(`tenant`, `app`, `run_id`, `step_id`)
);
--> statement-breakpoint
CREATE INDEX `workflow_steps_by_rank` ON `workflow_steps` (`tenant`,`app`,`run_id`,`rank`);--> statement-breakpoint
CREATE TABLE `workflow_streams` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`run_id` text NOT NULL,
	`name` text NOT NULL,
	PRIMARY KEY(`tenant`, `app`, `run_id`, `name`)
);
--> statement-breakpoint
ALTER TABLE `workflow_runs` ADD `execution_context` text;--> statement-breakpoint
ALTER TABLE `workflow_runs` ADD `external_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `workflow_hooks_by_run` ON `workflow_hooks` (`tenant`,`app`,`run_id`);