import Anthropic from '@anthropic-ai/sdk'
import { VERSION } from '@anthropic-ai/sdk/version'
import Anthropic0 from 'anthropic-0'
import { VERSION as VERSION0 } from 'anthropic-0/version'
import AnthropicOldest from 'anthropic-0.50'
import { VERSION as VERSION_OLDEST } from 'anthropic-0.50/version'

/** The oldest supported version of the SDK, the last one before 1, and the newest. */
export const anthropicOldest = { version: VERSION_OLDEST, Anthropic: AnthropicOldest }
export const anthropic0 = { version: VERSION0, Anthropic: Anthropic0 }
export const anthropic1 = { version: VERSION, Anthropic }
