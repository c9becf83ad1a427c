import type { FakeHost } from '@runtape/testing/host'
import { type ModelProject, newModelProject } from '../model-project.ts'
import { type Ended, runtapePath } from '../project.ts'

/** An application with a real client and a model host on loopback. */
export interface Program extends ModelProject {
  /** Runs the command in a folder of the project. */
  runtape(words: readonly string[], folder?: string): Promise<Ended>
  /** Runs a shell command that must succeed. */
  sh(command: string, folder?: string): Promise<string>
  /** Runs git as Ada. */
  git(words: string, folder?: string): Promise<string>
}

/** Writes the files over those of the standard project. */
export async function newProgram(files: Readonly<Record<string, string>> = {}): Promise<Program> {
  const project = await newModelProject()
  for (const [name, content] of Object.entries(files)) project.write(name, content)
  const at = (folder: string) => `cd '${folder}' && `
  const sh = async (command: string, folder = '.') => {
    const { code, stdout, stderr } = await project.run('sh', ['-c', at(folder) + command])
    if (code !== 0) throw new Error(`${command}: ${stderr}`)
    return stdout.trim()
  }
  const ada =
    'git -c user.name=Ada -c user.email=ada@example.com -c commit.gpgsign=false -c protocol.file.allow=always'
  return {
    ...project,
    runtape: (words, folder = '.') =>
      project.run('sh', ['-c', `${at(folder)}exec "$@"`, 'sh', process.execPath, runtapePath, ...words]),
    sh,
    git: (words, folder) => sh(`${ada} ${words}`, folder),
  }
}

/** The recorder, a client, and a function that asks the model. */
export const base = `import { instrumentOpenAI } from '@runtape/openai'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'
import OpenAI from 'openai'

export const recorder = createRecorder({ store: sqliteStore('runtape.db') })
configureTracing({ sink: recorder })
export const openai = instrumentOpenAI(new OpenAI({ baseURL: process.env.HOST, apiKey: 'test', maxRetries: 0 }))
export const ask = async (content: string) => {
  const { choices } = await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] })
  return choices[0]?.message.content ?? ''
}
`

type Answer = Parameters<Parameters<FakeHost['answer']>[0]>[0]

export interface Message {
  readonly role: string
  readonly content: string
}

/** Answers with a completion that cost $0.15. */
export function complete(response: Answer, model: unknown, content: string): void {
  const message = { role: 'assistant', content }
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 }
  const choices = [{ index: 0, finish_reason: 'stop', message }]
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model, choices, usage }))
}
