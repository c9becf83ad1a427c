import { beforeAll, expect, test } from 'vitest'
import { newProject, type Project } from './project.ts'

let project: Project

beforeAll(async () => {
  project = await newProject()
})

async function count(...words: string[]): Promise<number> {
  const { stdout, stderr } = await project.runtape(['runs', ...words, '--json'])
  expect(stderr).toBe('')
  return (JSON.parse(stdout) as { items: unknown[] }).items.length
}

test('runs take the whole grammar of filters, several times, beside the older form', async () => {
  expect(await count('--where', 'feedback:negative tokens>=1k key:refunds.issue')).toBe(2)
  expect(await count('--where', 'key:orders.*', '--where', '-feedback:negative')).toBe(2)
  expect(await count('--where', 'config:a,support-*', '--where', 'feedback=negative')).toBe(2)
  expect(await count('--where', 'feedback=negative,config=support-answer')).toBe(2)
  expect(await count('--where', '"refund please"')).toBe(1)
  expect(await count('--where=-cost:unknown')).toBe(0)
})

test('usage and export take filters', async () => {
  const usage = await project.runtape(['usage', '--where', 'error:*order* status:error', '--json'])
  expect(JSON.parse(usage.stdout).rows).toMatchObject([{ runs: 1, failed: 1 }])
  const found = await project.runtape(['export', '--where', 'key:refunds.issue', '--json'])
  expect(JSON.parse(found.stdout)).toHaveLength(2)
})

test('a replay takes filters, of a database and of tape files', async () => {
  await project.runtape(['export', '--since', '1h', '--out', 'all'])
  for (const store of ['runtape.db', 'all']) {
    const words = ['replay', './agent.ts#answer', '--store', store, '--where', 'feedback:negative "refund!"']
    const { code, stdout } = await project.runtape(words)
    expect(stdout).toContain('1 ')
    expect(code).toBe(0)
    const none = await project.runtape([...words, '--where', 'tag:none'])
    expect(none.stderr).toContain('that matches')
    expect(none.code).toBe(2)
  }
})

test('an error points at the character, and names the fields', async () => {
  const refused = async (where: string) => {
    const { code, stderr } = await project.runtape(['runs', '--where', where])
    expect(code).toBe(2)
    return stderr
  }
  expect(await refused('feedback:negative cost>cheap')).toContain(
    'cost>cheap cannot be applied: cost must be an amount in dollars: 0.02.\n  feedback:negative cost>cheap\n                    ^',
  )
  expect(await refused('model:a,')).toContain('at character 9: expected a value, found the end')
  expect(await refused('stat:error')).toContain('There is no field stat. Do you mean status?')
  expect(await refused('colour=red')).toContain('--where has no name "colour"')
  expect(await refused('feedback=')).toContain('--where name=value has no value')
})

test('views are saved, used, replaced and removed', async () => {
  const view = async (...words: string[]) => project.runtape(['views', ...words])
  expect((await view()).stdout).toContain('No views. Save one')
  const save = ['save', 'thumbs down', '--where', 'feedback:negative', '--since', '7d', '--by', 'ann']
  expect((await view(...save)).stdout).toBe('Saved the view "thumbs down": feedback:negative since:7d\n')
  expect((await view()).stdout).toMatch(/thumbs down +feedback:negative since:7d +ann/)
  expect(await count('--view', 'thumbs down')).toBe(2)
  expect(await count('--view', 'thumbs down', '--where', '"refund please"')).toBe(1)
  const usage = await project.runtape(['usage', '--view', 'thumbs down', '--json'])
  expect(JSON.parse(usage.stdout).rows).toMatchObject([{ runs: 2 }])

  const again = ['save', 'thumbs down', '--where', 'feedback:positive', '--sort', 'tokens']
  expect(await view(...again)).toMatchObject({ code: 2, stderr: expect.stringContaining('--replace') })
  expect((await view(...again, '--replace')).code).toBe(0)
  const [saved] = JSON.parse((await view('list', '--json')).stdout)
  expect(saved).toMatchObject({ filter: 'feedback:positive', settings: { sort: 'tokens' } })

  expect(await view('save', 'x', '--where', 'colour:red')).toMatchObject({ code: 2 })
  expect(await view('save', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('needs a filter'),
  })
  expect((await view('remove', 'thumbs down')).stdout).toBe('Removed the view "thumbs down".\n')
  const gone = await project.runtape(['runs', '--view', 'thumbs down'])
  expect(gone.stderr).toContain('There is no view "thumbs down". The store has none.')
})
