export { machineRights, type NatsUser, natsSettings, newNatsUsers } from './nats-config.ts'
export { joinMachines, type ServiceMachinesOptions } from './service/service-machines.ts'
export { MACHINE_NAME } from './subjects.ts'
export { type Machine, type MachineOptions, startMachine } from './worker/machine.ts'
