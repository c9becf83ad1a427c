import type { AIConfigInit, ModelConfig } from '@runtape/core'
import * as z from 'zod/mini'
import type { AIConfigMode, FlagEvaluation } from '../flag-source.ts'
import { check, findingOf } from './check.ts'
import { configShape, text, unknownRecord } from './config-schema.ts'

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

// Vendors send null for empty fields, so null counts as absent.
const metaSchema = z.object({
  enabled: z.nullish(z.boolean()),
  variationKey: z.nullish(text),
  version: z.nullish(z.int()),
  mode: z.nullish(text),
  modelKey: z.catch(z.nullish(text), undefined),
  modelVersion: z.catch(z.nullish(z.int()), undefined),
})
const modelSchema = z.object({
  name: z.nullish(text),
  parameters: z.nullish(unknownRecord),
  custom: z.nullish(unknownRecord),
})
const flagValueSchema = z.object({
  _ldMeta: z.nullish(metaSchema),
  model: z.nullish(modelSchema),
  provider: z.nullish(z.object({ name: z.nullish(text) })),
  messages: z.nullish(configShape.messages),
  instructions: z.nullish(text),
  tools: z.pipe(z.transform(toolList), z.nullish(configShape.tools)),
})
type FlagValue = z.infer<typeof flagValueSchema>

/**
 * Reads a flag value like LaunchDarkly's AI SDKs: without `_ldMeta.enabled` it is disabled, and a missing model has the name
 * `''`. Unlike them, it refuses values with any malformed part, so that no partial prompt is sent.
 */
export function readFlagValue(evaluation: FlagEvaluation, mode: AIConfigMode): FlagReading {
  const result = check(flagValueSchema, evaluation.value)
  if (!result.success) return { problem: `its flag value is malformed (${describe(result.error)})` }
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

const describe = ({ issues }: z.core.$ZodError): string =>
  issues.map(issue => `${issue.path.join('.') || 'the value'}: ${findingOf(issue)}`).join('; ')

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
