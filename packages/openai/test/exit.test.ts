import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = (atEnd: string) => `
import { configureTracing } from '@runtape/trace'
import { instrumentOpenAI } from '@runtape/openai'
import OpenAI from 'openai'

const sink = { append: ({ key, status }) => console.log(key, status), flush: async () => {}, close: async () => {} }
configureTracing({ sink })
const fetch = () => Promise.reject(new Error('No route to host'))
const openai = instrumentOpenAI(new OpenAI({ apiKey: 'x', fetch }))
await openai.chat.completions.create({ model: 'm', messages: [] }, { maxRetries: 0 }).catch(() => {})
console.log('failed')
const failedAt = performance.now()
process.on('exit', () => console.log(performance.now() - failedAt < 2000 ? 'at once' : 'late'))
${atEnd}
`

test.each([
  ['ends by itself', ''],
  ['calls process.exit', 'process.exit(0)'],
])(
  'a process that %s while a retry is still possible records the call, and does not wait',
  async (_, atEnd) => {
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const args = ['--input-type=module', '-e', program(atEnd)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd })
    expect(stdout).toBe('failed\nopenai.chat.completions error\nat once\n')
  },
)
