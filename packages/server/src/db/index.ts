export { FolderInUseError } from './data-folder.ts'
export {
  type ConnectionCounts,
  type Database,
  type DatabasePlace,
  type OpenDatabase,
  type OpeningWait,
  openDatabase,
} from './database.ts'
export { type DatabaseFailure, databaseFailure } from './failure.ts'
export { inLane } from './lanes.ts'
export { type IdPrefix, newId } from './new-id.ts'
