import type { HealthCount, HealthKind, HealthSample, StoreHealth, UnknownUsage } from '@runtape/core/store'
import type { Command } from '../../arguments/command.ts'
import { storeFlag, withStore } from '../../stores/open-store.ts'
import { print, printJson } from '../../terminal/print.ts'
import { showCount, showText, showTime } from '../../terminal/show.ts'
import { dim } from '../../terminal/style.ts'
import { table } from '../../terminal/table.ts'

export const command: Command = {
  name: 'health',
  about: 'Shows the health of the store: conflicts, dropped and refused records, and models without a price.',
  flags: { store: storeFlag, json: { about: 'print JSON' } },
  examples: ['runtape health', 'runtape health --json'],
  run: args =>
    withStore(args, async store => {
      const health = await store.health.get()
      if (args.has('json')) printJson(health)
      else print(shown(health))
      return 0
    }),
}

const words: Readonly<Record<HealthKind, string>> = {
  conflict: 'rejected: another value was first',
  misdated: 'with an impossible time',
  'set-aside': 'set aside',
  'dropped-span': 'spans dropped: the memory was full',
  refused: 'run events refused: the memory was full',
  rejected: 'invalid, or refused for good',
}

function shown(health: StoreHealth): string {
  const { counts, unpriced, unknownUsage } = health
  const parts = [
    factsOf(health),
    counts.length === 0
      ? 'Every record that reached the store is in it as it was sent.'
      : table(['records', 'kind', 'first (UTC)', 'last (UTC)'], counts.map(rowOf)),
    ...counts.flatMap(samplesShown),
    ...models('Runs without a price', unpriced),
    ...models('Runs whose host reported no usage', unknownUsage),
  ]
  return parts.join('\n\n')
}

function factsOf({ runs, traces, oldestAt, bytes, retention }: StoreHealth): string {
  const facts = [
    counted(runs, 'run'),
    counted(traces, 'trace'),
    ...(oldestAt === undefined ? [] : [`the oldest from ${showTime(oldestAt)} UTC`]),
    ...(bytes === undefined ? [] : [`${showCount(Math.ceil(bytes / 1024))} KiB`]),
    ...(retention
      ? [
          `kept for ${Object.entries(retention)
            .map(part => part.join(' '))
            .join(', ')}`,
        ]
      : []),
  ]
  return facts.join(', ')
}

const counted = (count: number, name: string): string =>
  `${showCount(count)} ${name}${count === 1 ? '' : 's'}`

const rowOf = ({ kind, count, firstAt, lastAt }: HealthCount): string[] => [
  showCount(count),
  words[kind],
  showTime(firstAt),
  showTime(lastAt),
]

function samplesShown({ kind, samples }: HealthCount): string[] {
  if (samples.length === 0) return []
  return [[`The newest ${words[kind]}:`, ...samples.flatMap(sampleShown)].join('\n')]
}

function sampleShown({ at, name, kept, refused, reason }: HealthSample): string[] {
  const details = [
    ...(kept === undefined ? [] : [`kept     ${kept}`]),
    ...(refused === undefined ? [] : [`rejected ${refused}`]),
    ...(reason === undefined ? [] : [reason]),
  ]
  return [
    `  ${dim(showTime(at))} ${showText(name, 120)}`,
    ...details.map(text => `    ${showText(text, 200)}`),
  ]
}

function models(title: string, rows: readonly UnknownUsage[]): string[] {
  if (rows.length === 0) return []
  const cells = rows.map(row => [showCount(row.runs), showText(row.provider, 40), showText(row.model, 60)])
  return [`${title}:\n${table(['runs', 'provider', 'model'], cells)}`]
}
