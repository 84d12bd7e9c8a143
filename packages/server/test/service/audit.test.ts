import { auditOverHttp } from './audit/over-http.ts'
import { writingTheLog } from './audit/writing.ts'
import { describeService } from './fixtures/service.ts'

describeService('audit', (service, postgres, kind) => {
  auditOverHttp(service)
  writingTheLog(service, postgres, kind)
})
