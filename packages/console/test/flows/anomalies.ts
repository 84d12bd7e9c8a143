import { describe, expect, test } from 'vitest'
import type { Flows } from '../fixtures/browser.ts'
import { ADMIN } from '../fixtures/service.ts'

/** What was odd, as administrators see it. */
export function anomalyFlows(flows: () => Flows): void {
  describe('the anomalies', () => {
    test('what was odd is told with its reason, and dismissed', async () => {
      const code = 'x = "http://169.254.169.254/latest"'
      await flows().service.request('POST', 'executions', { code })
      await flows().page('/admin/anomalies', async (page) => {
        const row = page.locator('tr').filter({ hasText: 'metadata-address' }).first()
        await page.getByLabel('State').selectOption('')
        await row.getByText('Reaches for the credentials of the machine').waitFor()
        const detail = row.locator('[lang=en]')
        await detail.getByText('wants to reach an address that tells the credentials').waitFor()
        await detail.getByText(ADMIN.email).waitFor()
        expect(await detail.innerText()).not.toContain('usr_')
        await row.getByText('Critical').waitFor()
        // An earlier try may have done it.
        const dismiss = row.getByRole('button', { name: 'Dismiss' })
        if ((await dismiss.count()) > 0) await dismiss.click()
        await row.getByText('Dismissed').waitFor()
      })
    })

    test('what was odd is told in Chinese, with the sentence as it was recorded', async () => {
      const code = 'x = "http://169.254.169.254/latest"'
      await flows().service.request('POST', 'executions', { code })
      await flows().page(
        '/admin/anomalies',
        async (page) => {
          await page.getByLabel('状态').selectOption('')
          const row = page.locator('tr').filter({ hasText: 'metadata-address' }).first()
          await row.getByText('试图访问机器凭据地址').waitFor()
          await row.locator('[lang=en]').getByText('wants to reach').waitFor()
        },
        { locale: 'zh-CN' },
      )
    })
  })
}
