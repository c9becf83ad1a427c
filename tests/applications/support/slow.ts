import { programs } from './session.ts'

/** These take more than two seconds each, mostly to load their libraries. */
const slow = [
  'ai-sdk-loop-agent',
  'ai-sdk-middleware',
  'drizzle-notes',
  'http-clients',
  'langchain-agent',
  'model-router',
  'node-readers',
  'odd-contexts',
  'odd-errors',
  'openai-agents-guarded',
  'queue-with-deadlines',
]

const unknown = slow.filter(each => !programs.includes(each))
if (unknown.length > 0) throw new Error(`No such programs: ${unknown.join(', ')}. Take them off this list.`)

/** Whether `npm test` leaves the program to continuous integration. */
export const isSlow = (program: string): boolean => slow.includes(program)
