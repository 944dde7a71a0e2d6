/**
 * Makes the dashboards beside it, so that they stay alike: scripts/node deploy/grafana/make.ts
 *
 * A dashboard is rows of panels; a panel is a title, a unit and what it shows. `$instance` is which nodes.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Shown {
  readonly expr: string
  readonly legend: string
}

interface Panel {
  readonly title: string
  /** As Grafana names it. */
  readonly unit: string
  readonly shows: readonly Shown[]
  readonly kind?: 'timeseries' | 'stat'
}

interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
}

const WIDTH = 12
const HEIGHT = 8
const PER_ROW = 2

/** Of chosen nodes; `by` is what tells lines apart. */
const rate = (metric: string, by: string, more = ''): Shown => ({
  expr: `sum by (${by}) (rate(${metric}{instance=~"$instance"${more}}[$__rate_interval]))`,
  legend: by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' '),
})
const value = (metric: string, by: string, more = ''): Shown => ({
  expr: `max by (${by}) (${metric}{instance=~"$instance"${more}})`,
  legend: by
    .split(', ')
    .map((label) => `{{${label}}}`)
    .join(' '),
})
const p95 = (metric: string, by: string): Shown => value(metric, by, ', quantile="0.95"')

const DASHBOARDS: readonly Dashboard[] = [
  {
    uid: 'skein-engine',
    title: 'Skein: engine',
    panels: [
      { title: 'Records in', unit: 'cps', shows: [rate('skein_ledger_received_records_total', 'instance')] },
      { title: 'What became of them', unit: 'cps', shows: [rate('skein_ledger_judged_records_total', 'verdict')] },
      {
        title: 'Until the shard, p95',
        unit: 's',
        shows: [p95('skein_shard_ingest_to_shard_recent_seconds', 'instance')],
      },
      { title: 'A commit, p95', unit: 's', shows: [p95('skein_journal_commit_recent_seconds', 'instance')] },
      {
        title: 'Rings: how full',
        unit: 'percentunit',
        shows: [
          {
            expr: 'max by (ring) (skein_ring_used_bytes{instance=~"$instance"} / skein_ring_capacity_bytes)',
            legend: '{{ring}}',
          },
        ],
      },
      {
        title: 'Log on disk',
        unit: 'bytes',
        shows: [value('skein_log_bytes', 'instance'), value('skein_log_budget_bytes', 'instance')],
      },
      { title: 'Memory', unit: 'bytes', shows: [value('process_resident_memory_bytes', 'instance')] },
      { title: 'Processor', unit: 'percentunit', shows: [rate('process_cpu_seconds_total', 'instance')] },
      { title: 'Restarts', unit: 'short', shows: [value('skein_engine_restarts_total', 'instance, unit')] },
      {
        title: 'Components with a problem',
        unit: 'short',
        shows: [value('skein_engine_degraded', 'instance, component')],
      },
    ],
  },
  {
    uid: 'skein-sources',
    title: 'Skein: sources',
    panels: [
      { title: 'Records in', unit: 'cps', shows: [rate('skein_ledger_received_records_total', 'source')] },
      { title: 'Left out, by reason', unit: 'cps', shows: [rate('skein_ledger_discarded_records_total', 'reason')] },
      { title: 'Requests to providers', unit: 'reqps', shows: [rate('skein_poll_requests_total', 'source')] },
      { title: 'Fetches that failed', unit: 'reqps', shows: [rate('skein_poll_failures_total', 'source')] },
      { title: 'A fetch, p95', unit: 's', shows: [p95('skein_poll_fetch_recent_seconds', 'source')] },
      {
        title: 'Since the last answer',
        unit: 's',
        shows: [
          {
            expr: 'time() - max by (source) (skein_poll_last_answer_ms{instance=~"$instance"}) / 1000',
            legend: '{{source}}',
          },
        ],
      },
      { title: 'Messages from Kafka', unit: 'cps', shows: [rate('skein_kafka_source_messages_total', 'source')] },
      { title: 'Kafka: how far behind', unit: 'short', shows: [value('skein_kafka_source_lag_records', 'source')] },
      { title: 'Requests of those who push', unit: 'reqps', shows: [rate('skein_push_requests_total', 'source')] },
      { title: 'From push to commit, p95', unit: 's', shows: [p95('skein_push_commit_recent_seconds', 'source')] },
      { title: 'Parked', unit: 'short', shows: [value('skein_source_parked', 'source')] },
      { title: 'Clocks of providers', unit: 's', shows: [value('skein_ledger_clock_offset_seconds', 'source')] },
    ],
  },
  {
    uid: 'skein-sinks',
    title: 'Skein: sinks',
    panels: [
      {
        title: 'Records out',
        unit: 'cps',
        shows: [
          rate('skein_kafka_records_total', 'actor'),
          rate('skein_mongo_records_total', 'actor'),
          rate('skein_sqlite_rows_total', 'actor'),
        ],
      },
      {
        title: 'How far behind, records',
        unit: 'short',
        shows: [value('skein_kafka_lag_records', 'actor'), value('skein_mongo_lag_records', 'actor')],
      },
      {
        title: 'How far behind, bytes of the log',
        unit: 'bytes',
        shows: ['kafka', 'mongo', 'sqlite', 'snapshot'].map((part) => value(`skein_${part}_lag_bytes`, 'actor')),
      },
      {
        title: 'From read to acknowledged, p95',
        unit: 's',
        shows: [p95('skein_kafka_send_recent_seconds', 'actor'), p95('skein_mongo_send_recent_seconds', 'actor')],
      },
      {
        title: 'Failures',
        unit: 'cps',
        shows: ['kafka', 'mongo', 'sqlite'].map((part) => rate(`skein_${part}_failures_total`, 'actor')),
      },
      {
        title: 'Refused by the other side',
        unit: 'cps',
        shows: [rate('skein_kafka_refused_total', 'actor'), rate('skein_mongo_refused_total', 'actor')],
      },
    ],
  },
  {
    uid: 'skein-traffic',
    title: 'Skein: traffic',
    panels: [
      { title: 'Keys that are known', unit: 'short', shows: [value('skein_dedupe_keys', 'instance')], kind: 'stat' },
      { title: 'Browsers', unit: 'short', shows: [value('skein_hub_clients', 'instance')], kind: 'stat' },
      { title: 'Accepted', unit: 'cps', shows: [rate('skein_dedupe_accepted_total', 'instance')] },
      {
        title: 'Duplicates and late',
        unit: 'cps',
        shows: [rate('skein_dedupe_duplicate_total', 'instance'), rate('skein_dedupe_late_total', 'instance')],
      },
      { title: 'Gone', unit: 'cps', shows: [rate('skein_dedupe_removed_total', 'instance')] },
      {
        title: 'Dead letters',
        unit: 'cps',
        shows: [rate('skein_ledger_judged_records_total', 'source', ', verdict="dead_lettered"')],
      },
      { title: 'Seen by one provider alone', unit: 'cps', shows: [rate('skein_ledger_alone_records_total', 'source')] },
    ],
  },
]

export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, `${JSON.stringify(dashboardOf(dashboard), null, 2)}\n`]),
  )
}

function dashboardOf({ uid, title, panels }: Dashboard) {
  return {
    uid,
    title,
    tags: ['skein'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: [datasourceVariable, instanceVariable] },
    panels: panels.map(panelOf),
  }
}

const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` } as const
const datasourceVariable = { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }
const instanceVariable = {
  name: 'instance',
  label: 'Node',
  type: 'query',
  datasource: DATASOURCE,
  query: { query: 'label_values(skein_build_info, instance)', refId: 'instance' },
  refresh: 2,
  includeAll: true,
  multi: true,
  current: { text: 'All', value: '$__all' },
}

function panelOf({ title, unit, shows, kind = 'timeseries' }: Panel, index: number) {
  return {
    id: index + 1,
    title,
    type: kind,
    datasource: DATASOURCE,
    gridPos: { x: (index % PER_ROW) * WIDTH, y: Math.floor(index / PER_ROW) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: shows.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode(65 + n),
      expr,
      legendFormat: legend,
      datasource: DATASOURCE,
    })),
  }
}

if (process.argv[1] === import.meta.filename)
  for (const [name, text] of dashboardFiles()) writeFileSync(join(import.meta.dirname, name), text)
