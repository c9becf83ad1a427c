import type { AIConfigInit, ModelConfig } from '@runtape/core'
import { aiConfigSchema, describeIssues } from '@runtape/schemas'
import { z } from 'zod'
import type { AIConfigMode, FlagEvaluation } from './flag-source.ts'

/** A config that can be served, and what its trackers say about where it came from. */
export interface ServedConfig {
  readonly init: AIConfigInit
  readonly variationKey: string
  readonly version: number
  /** LaunchDarkly's key and version of the model, where it names them. */
  readonly model?: { readonly modelKey?: string; readonly modelVersion?: number }
}

/** Either a config, perhaps with something to say about it, or why there is none. */
export type FlagReading =
  | { readonly served: ServedConfig; readonly notice?: string }
  | { readonly problem: string }

const text = z.string()
const record = z.record(text, z.unknown())

// Vendors send null for what was left empty, so null is absence everywhere.
const metaSchema = z.object({
  enabled: z.boolean().nullish(),
  variationKey: text.nullish(),
  version: z.int().nullish(),
  mode: text.nullish(),
  modelKey: text.nullish().catch(undefined),
  modelVersion: z.int().nullish().catch(undefined),
})
const modelSchema = z.object({
  name: text.nullish(),
  parameters: record.nullish(),
  custom: record.nullish(),
})
const flagValueSchema = z.object({
  _ldMeta: metaSchema.nullish(),
  model: modelSchema.nullish(),
  provider: z.object({ name: text.nullish() }).nullish(),
  messages: aiConfigSchema.shape.messages.nullish(),
  instructions: text.nullish(),
  tools: z.preprocess(toolList, aiConfigSchema.shape.tools.nullish()),
})
type FlagValue = z.infer<typeof flagValueSchema>

/**
 * Reads a flag value as LaunchDarkly's AI SDKs do: without `_ldMeta.enabled` it is disabled, a missing model has the
 * name `''`. Unlike them it refuses a value of which any part is malformed, so that no half prompt is ever sent.
 */
export function readFlagValue(evaluation: FlagEvaluation, mode: AIConfigMode): FlagReading {
  const result = flagValueSchema.safeParse(evaluation.value)
  if (!result.success) return { problem: `its flag value is malformed (${describeIssues(result.error)})` }
  const meta = result.data._ldMeta
  if (meta?.mode && meta.mode !== mode) {
    return { problem: `its flag value is for ${meta.mode} mode, but ${mode} mode was requested` }
  }
  const served: ServedConfig = {
    init: initOf(result.data),
    // An empty text names no variation.
    variationKey: meta?.variationKey || textOf(evaluation.variationKey),
    version: meta?.version ?? wholeNumber(evaluation.version) ?? 1,
    ...modelFacts(meta),
  }
  if (typeof meta?.enabled === 'boolean') return { served }
  return { served, notice: 'its flag value has no _ldMeta.enabled, so it is disabled' }
}

function initOf({ _ldMeta, model, provider, messages, instructions, tools }: FlagValue): AIConfigInit {
  return {
    enabled: _ldMeta?.enabled ?? false,
    model: modelOf(model),
    provider: { name: provider?.name ?? '' },
    messages: messages ?? [],
    ...(typeof instructions === 'string' && { instructions }),
    ...(tools && { tools }),
  }
}

function modelOf(model: FlagValue['model']): ModelConfig {
  const { name, parameters, custom } = model ?? {}
  return { name: name ?? '', ...(parameters && { parameters }), ...(custom && { custom }) }
}

// Some vendors keep tools in an object by name.
function toolList(tools: unknown): unknown {
  if (typeof tools !== 'object' || tools === null || Array.isArray(tools)) return tools
  return Object.entries(tools).map(([name, tool]) =>
    typeof tool === 'object' && tool !== null ? { ...tool, name } : tool,
  )
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

// A larger one is in no token and in no store.
const wholeNumber = (version: unknown): number | undefined =>
  Number.isSafeInteger(version) ? (version as number) : undefined

function modelFacts(meta: FlagValue['_ldMeta']): Pick<ServedConfig, 'model'> {
  const { modelKey, modelVersion } = meta ?? {}
  const model = { ...(modelKey && { modelKey }), ...(typeof modelVersion === 'number' && { modelVersion }) }
  return Object.keys(model).length > 0 ? { model } : {}
}
