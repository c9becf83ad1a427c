import { anthropicContract } from '@runtape/testing/vitest'
import { anthropic0, anthropic1, anthropicOldest } from './sdks.ts'

const instrument = <C extends object>(client: C): C => client

anthropicContract(`sdk ${anthropicOldest.version}, bare,`, { ...anthropicOldest, instrument })
anthropicContract(`sdk ${anthropic0.version}, bare,`, { ...anthropic0, instrument })
anthropicContract(`sdk ${anthropic1.version}, bare,`, { ...anthropic1, instrument })
