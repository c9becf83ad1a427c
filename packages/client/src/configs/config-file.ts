import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { RuntapeError } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import * as z from 'zod/mini'
import type { Weights } from '../rollout.ts'
import { check, findingOf } from './check.ts'
import { configShape, text } from './config-schema.ts'

/** One flag of the file. Maps, so that a name in the file cannot clash with inherited object members. */
export interface FileConfig {
  readonly version: number
  readonly variations: ReadonlyMap<string, z.infer<typeof variationSchema>>
  readonly serve: string | Weights
}

const variationSchema = z.strictObject(configShape)
const weightsSchema = z.record(text, z.number().check(z.nonnegative()))

const configSchema = z
  .strictObject({
    version: z._default(z.int().check(z.nonnegative()), 1),
    variations: z.record(text, variationSchema),
    serve: z.custom<string | Weights>(
      serve => typeof serve === 'string' || weightsSchema.safeParse(serve).success,
      'expected a variation name, or names with weights of 0 or more',
    ),
  })
  .check(({ value: { serve, variations }, issues }) => {
    const fail = (message: string, path: string[]) =>
      issues.push({ code: 'custom', message, path, input: serve })
    const known = Object.keys(variations)
    const unknown = (name: string) => `no variation is named "${name}" (known: ${known.join(', ')})`
    if (typeof serve === 'string') {
      if (!known.includes(serve)) fail(unknown(serve), ['serve'])
      return
    }
    for (const name of Object.keys(serve)) if (!known.includes(name)) fail(unknown(name), ['serve', name])
    if (!Object.values(serve).some(weight => weight > 0)) fail('no variation has a weight above 0', ['serve'])
  })

const fileSchema = z.record(text, configSchema)

/** The text of the file at `path` without its byte order mark; messages call it `file`. */
export function readConfigFile(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    throw new RuntapeError('invalid-config', unreadable(file, error), { cause: error })
  }
}

function unreadable(file: string, error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return `${file}: file not found (looked for ${resolve(file)}). Create it, or pass the path of your configs.`
  }
  return `${file}: cannot read the file: ${messageOf(error)}.`
}

/** @throws {RuntapeError} `invalid-config`, naming the file and the path of each problem in it. */
export function parseConfigFile(file: string, json: string): ReadonlyMap<string, FileConfig> {
  const result = check(fileSchema, parseJson(file, json))
  if (!result.success) {
    throw new RuntapeError(
      'invalid-config',
      result.error.issues.map(issue => describe(file, issue)).join('\n'),
    )
  }
  const configs = Object.entries(result.data).map(([key, config]) => {
    const variations = new Map(Object.entries(config.variations))
    return [key, { ...config, variations }] as const
  })
  return new Map(configs)
}

function parseJson(file: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new RuntapeError('invalid-config', `${file}: not JSON: ${messageOf(error)}`, { cause: error })
  }
}

function describe(file: string, issue: z.core.$ZodIssue): string {
  const { path } = issue
  const said = findingOf(issue)
  return path.length === 0 ? `${file}: ${said}` : `${file}: ${path.join('.')}: ${said}`
}
