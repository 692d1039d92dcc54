/** Who runs jobs: a thread of this process, or processes of their own. */

/** Those who run the jobs of a store. */
export interface Crew {
  /** Whether somebody is there to run jobs. */
  readonly ready: boolean;
  /** Gets to work. @throws {CountergradeError} PLUGIN, when the plugins cannot be set up. */
  start(): Promise<void>;
  /** Says that there is a new job. */
  wake(): void;
  /** Asks whoever runs a job to cancel it; who does not listen in time is replaced. */
  cancel(job: string): void;
  /** Claims no more jobs and lets those that run stop at their next step; after `deadline` ms by force. */
  stop(deadline: number): Promise<void>;
}

/** What whoever runs a job bears with. */
export interface Limits {
  /** How long a cancelled job may go on, in ms; default 20 s. */
  readonly cancelDeadline?: number;
  /** How long a job may compute without a pause, in s; default 600. A single run of a network is without pauses. */
  readonly seconds?: number;
  /** How much memory a process may take, in MB; default: three quarters of what the machine has. */
  readonly megabytes?: number;
}
