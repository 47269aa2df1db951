CREATE TABLE `workflow_deployments` (
	`tenant` text NOT NULL,
	`app` text NOT NULL,
	`deployment_id` text NOT NULL,
	`callback_url` text NOT NULL,
	`registered_at_ms` integer NOT NULL,
	PRIMARY KEY(`tenant`, `app`, `deployment_id`)
);
