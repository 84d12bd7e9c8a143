import { afterAll, beforeAll } from 'vitest'
import { describeServiceOnce } from './fixtures/service.ts'
import { httpTools } from './tools/http-tools.ts'
import { ownTools } from './tools/own-tools.ts'
import { PetServer } from './tools/pet-server.ts'

let pets: PetServer

beforeAll(async () => {
  pets = await PetServer.start()
})
afterAll(() => pets.close())

describeServiceOnce('tools', (service) => {
  ownTools(service)
  httpTools(service, () => pets)
})
