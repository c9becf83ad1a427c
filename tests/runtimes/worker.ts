// Runs in workerd: executes a request, and answers with what it saw.
import { inspect } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import { instrumentAnthropic } from '@runtape/anthropic'
import { instrumentOpenAI } from '@runtape/openai'
import { memorySink } from '@runtape/testing'
import { anthropicContractCases } from '@runtape/testing/anthropic'
import { openaiContractCases } from '@runtape/testing/openai'
import { configureTracing, createTracer } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'
import { runProgram } from '../../packages/replay/test/random-program.ts'
import type { AskedCase, AskedProgram, RecordedProgram, SeenCase } from './support/asked.ts'

// Cases that look at their host run in Node only.
const noHost = undefined as never

const caseOf = <Case extends { readonly title: string }>(cases: readonly Case[], title: string): Case => {
  const found = cases.find(each => each.title === title)
  if (!found) throw new Error(`The contract has no case '${title}'.`)
  return found
}

/** The application of a case, with a client that is instrumented if requested. */
const applications = {
  openai: ({ title, baseURL, isInstrumented }: AskedCase) => {
    const behaviour = caseOf(openaiContractCases, title)
    const client = new OpenAI({ apiKey: 'sk-test', baseURL })
    return () => behaviour.observe(isInstrumented ? instrumentOpenAI(client) : client, { OpenAI }, noHost)
  },
  anthropic: ({ title, baseURL, isInstrumented }: AskedCase) => {
    const behaviour = caseOf(anthropicContractCases, title)
    const client = new Anthropic({ apiKey: 'sk-ant-test', baseURL, ...behaviour.options?.() })
    return () =>
      behaviour.observe(isInstrumented ? instrumentAnthropic(client) : client, { Anthropic }, noHost)
  },
}

async function seeCase(asked: AskedCase): Promise<SeenCase> {
  const tape = memorySink()
  configureTracing({ sink: tape })
  const application = applications[asked.vendor](asked)
  const tracker = createTracker({ sink: tape, configKey: 'test' })
  const seen = await (asked.isInstrumented ? tracker.run(application) : application())
  configureTracing(undefined)
  const calls = tape.events.filter(({ metric }) => metric.startsWith('call:')).length
  return { seen: inspect(seen, { depth: 20, maxStringLength: null, maxArrayLength: null }), calls }
}

/** Runs the program, and returns the tape that Node replays. */
async function record({ program }: AskedProgram): Promise<RecordedProgram> {
  const tape = memorySink()
  const { root, losers } = runProgram(program, createTracer({ sink: tape }))
  await root().catch(() => {})
  await losers()
  return { spans: tape.spans }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const asked = (await request.json()) as AskedCase | AskedProgram
    return Response.json(await ('program' in asked ? record(asked) : seeCase(asked)))
  },
}
