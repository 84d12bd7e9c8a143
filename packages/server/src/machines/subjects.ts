// Names of subjects. What a machine asks or tells has its own name in the subject, and NATS lets no other say it.

/** The stream of what waits for a machine, and the one consumer that all machines pull from. */
export const QUEUE = { stream: 'ACS_RUN', consumer: 'machines', subject: 'acs.v1.run' } as const

/** Names of machines: they stand in subjects and in the settings of NATS. */
export const MACHINE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/

/** A machine asks one service for the work that it found in the queue. */
export function claimSubject(service: string, machine: string): string {
  return `acs.v1.claim.${service}.${machine}`
}

/** A machine asks one service for a piece of work that is too large for the answer to its claim. */
export function workSubject(service: string, machine: string): string {
  return `acs.v1.work.${service}.${machine}`
}

/** A machine asks any service about a session that it was given. */
export function sessionSubject(machine: string): string {
  return `acs.v1.session.${machine}`
}

/** A machine asks any service to take it in, to renew its lease, to let it go. */
export function leaseSubject(machine: string): string {
  return `acs.v1.lease.${machine}`
}

/** What services ask of a machine. */
export function machineSubject(machine: string): string {
  return `acs.v1.machine.${machine}`
}

/** What services ask of each other. */
export function serviceSubject(service: string): string {
  return `acs.v1.service.${service}`
}

/** The last part of a subject: who asks. */
export function askerOf(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1)
}
