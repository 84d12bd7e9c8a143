import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { problemOf } from '../api/problem.ts'
import { toolsQuery } from '../api/tools.ts'
import { ago } from '../text/formats.ts'
import { CutNotice } from '../ui/cut-notice.tsx'
import { Page } from '../ui/page.tsx'
import { Badge, buttonClass, Empty, ProblemNotice, Select, TextField, Waiting } from '../ui/parts.tsx'
import { useQueryText } from '../ui/query-text.ts'
import table from '../ui/table.module.css'
import styles from './tools.module.css'

/** The tools that there are. */
export function ToolList() {
  const { t } = useTranslation()
  const [query, change] = useQueryText()
  const scope = (['mine', 'system'] as const).find((name) => name === query.get('scope')) ?? 'all'
  const { data: tools, error } = useQuery(toolsQuery(scope))
  const wanted = (query.get('search') ?? '').toLowerCase()
  const found = tools?.items.filter(({ name, displayName, description }) =>
    `${name} ${displayName} ${description}`.toLowerCase().includes(wanted),
  )
  return (
    <Page
      title={t('nav.tools')}
      lead={t('tools.lead')}
      actions={
        <>
          <Link className={buttonClass()} href="/tools/new/openapi">
            {t('tools.newOpenapi')}
          </Link>
          <Link className={buttonClass('primary')} href="/tools/new/python">
            {t('tools.newPython')}
          </Link>
        </>
      }
    >
      <search className={table.filters}>
        <TextField
          type="search"
          label={t('tools.search')}
          value={query.get('search') ?? ''}
          onChange={(event) => change({ search: event.target.value })}
        />
        <Select
          label={t('tools.scope')}
          value={scope}
          onChange={(event) => change({ scope: event.target.value === 'all' ? '' : event.target.value })}
        >
          <option value="all">{t('tools.scopes.all')}</option>
          <option value="mine">{t('tools.scopes.mine')}</option>
          <option value="system">{t('tools.scopes.system')}</option>
        </Select>
      </search>
      {error && <ProblemNotice problem={problemOf(error)} />}
      {!found && !error && <Waiting />}
      {found?.length === 0 && (
        <Empty title={t(tools?.items.length === 0 ? 'tools.emptyTitle' : 'tools.noneTitle')}>
          <p>{t(tools?.items.length === 0 ? 'tools.empty' : 'tools.none')}</p>
        </Empty>
      )}
      <ul className={styles.tools}>
        {found?.map(({ id, name, displayName, description, kind, enabled, system, version, updatedAt }) => (
          <li key={id}>
            <Link href={`/tools/${id}`}>
              <strong>{displayName}</strong>
              <code>{name}</code>
              <p>{description}</p>
              <span className={styles.badges}>
                <Badge>{t(`tools.kinds.${kind}`)}</Badge>
                {system && <Badge tone="accent">{t('tools.system')}</Badge>}
                {!enabled && <Badge tone="warn">{t('tools.disabled')}</Badge>}
                <span className={table.muted}>
                  {t('tools.version', { version })} · {ago(updatedAt)}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <CutNotice list={tools} />
    </Page>
  )
}
