import type { AIConfigInit, ModelConfig } from '@runtape/core'
import { aiConfigSchema, describeIssues } from '@runtape/schemas'
import * as z from 'zod'
import type { AIConfigMode, FlagEvaluation } from '../flag-source.ts'

/** A usable config, with facts about its origin for its trackers. */
export interface ServedConfig {
  readonly init: AIConfigInit
  readonly variationKey: string
  readonly version: number
  /** LaunchDarkly's key and version of the model, if present. */
  readonly model?: { readonly modelKey?: string; readonly modelVersion?: number }
}

/** Either a config, possibly with a warning, or the reason why there is none. */
export type FlagReading =
  | { readonly served: ServedConfig; readonly notice?: string }
  | { readonly problem: string }

const text = z.string()
const record = z.record(text, z.unknown())

// Vendors send null for empty fields, so null counts as absent.
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
 * Reads a flag value like LaunchDarkly's AI SDKs: without `_ldMeta.enabled` it is disabled, and a missing model has the name
 * `''`. Unlike them, it refuses values with any malformed part, so that no partial prompt is sent.
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
    // An empty string names no variation.
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

// Some vendors store tools in an object by name.
function toolList(tools: unknown): unknown {
  if (typeof tools !== 'object' || tools === null || Array.isArray(tools)) return tools
  return Object.entries(tools).map(([name, tool]) =>
    typeof tool === 'object' && tool !== null ? { ...tool, name } : tool,
  )
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

// Neither tokens nor stores hold larger values.
const wholeNumber = (version: unknown): number | undefined =>
  Number.isSafeInteger(version) ? (version as number) : undefined

function modelFacts(meta: FlagValue['_ldMeta']): Pick<ServedConfig, 'model'> {
  const { modelKey, modelVersion } = meta ?? {}
  const model = { ...(modelKey && { modelKey }), ...(typeof modelVersion === 'number' && { modelVersion }) }
  return Object.keys(model).length > 0 ? { model } : {}
}
