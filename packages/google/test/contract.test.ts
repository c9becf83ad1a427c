import { googleContract } from '@runtape/testing/vitest'
import { google1, google2, google3 } from './sdks.ts'

const instrument = <C extends object>(client: C): C => client

googleContract(`genai ${google1.version}, bare,`, { ...google1, instrument })
googleContract(`genai ${google2.version}, bare,`, { ...google2, instrument })
googleContract(`genai ${google3.version}, bare,`, { ...google3, instrument })
