import { nkeys } from '@nats-io/transport-node'
import { QUEUE } from './subjects.ts'

/** A user of NATS: what the server knows, and what the user proves that it is. */
export interface NatsUser {
  /** `service`, or the name of a machine. */
  readonly name: string
  readonly publicKey: string
  /** Secret. */
  readonly seed: string
}

/** New users: one for all services, one for each machine. */
export function newNatsUsers(machines: readonly string[]): {
  readonly service: NatsUser
  readonly machines: readonly NatsUser[]
} {
  return { service: newUser('service'), machines: machines.map(newUser) }
}

function newUser(name: string): NatsUser {
  const pair = nkeys.createUser()
  return { name, publicKey: pair.getPublicKey(), seed: Buffer.from(pair.getSeed()).toString() }
}

/** What somebody may say and hear. Answers to what was asked are allowed besides. */
export interface SubjectRights {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** Services say and hear everything that is ours. */
export const SERVICE_RIGHTS: SubjectRights = {
  publish: ['acs.v1.>', '$JS.API.>'],
  subscribe: [
    'acs.v1.claim.*.*',
    'acs.v1.work.*.*',
    'acs.v1.session.*',
    'acs.v1.lease.*',
    'acs.v1.service.*',
    '_INBOX.services.>',
  ],
}

/** A machine says what stands under its own name alone, and hears what is asked of it: nothing of other machines. */
export function machineRights(name: string): SubjectRights {
  const { stream, consumer } = QUEUE
  return {
    publish: [
      `acs.v1.claim.*.${name}`,
      `acs.v1.work.*.${name}`,
      `acs.v1.session.${name}`,
      `acs.v1.lease.${name}`,
      `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
      `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
      `$JS.ACK.${stream}.${consumer}.>`,
    ],
    subscribe: [`acs.v1.machine.${name}`, `_INBOX.machines.${name}.>`],
  }
}

/** The settings of a NATS server for these users, without its addresses, its folder and its TLS. */
export function natsSettings(service: NatsUser, machines: readonly NatsUser[]): string {
  const users = [
    userOf(service, SERVICE_RIGHTS),
    ...machines.map((machine) => userOf(machine, machineRights(machine.name))),
  ]
  return `# What services and machines may say and hear. Written by "agentchat-sandbox-server nats-config".
max_payload: 1MB
jetstream {
  # What waits is in memory alone: the database knows it all.
  max_memory_store: 256MB
}
authorization {
  timeout: 5
  users: [
${users.join('\n')}
  ]
}
# Certificates of your own; without them anybody who sees the network sees what runs.
# tls { cert_file: "/etc/nats/cert.pem", key_file: "/etc/nats/key.pem" }
`
}

function userOf({ name, publicKey }: NatsUser, { publish, subscribe }: SubjectRights): string {
  const list = (subjects: readonly string[]) => JSON.stringify(subjects)
  return `    # ${name}
    {
      nkey: ${publicKey}
      permissions: {
        publish: { allow: ${list(publish)} }
        subscribe: { allow: ${list(subscribe)} }
        allow_responses: true
      }
    }`
}
