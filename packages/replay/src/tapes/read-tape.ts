import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { recordsOf, type TapeFile, tapeVersion } from './tape-file.ts'

/** Contents of a tape file. */
export interface TapeRecords {
  readonly traceId: string
  readonly events: readonly RunEvent[]
  readonly spans: readonly SpanRecord[]
}

/**
 * Reads a tape file, which may have been edited by hand.
 *
 * @returns `undefined` if the file is not meant to be a tape, such as a `tsconfig.json`
 * @throws {RuntapeError} `invalid-record` with the file and the problem
 */
export async function readTape(path: string): Promise<TapeRecords | undefined> {
  try {
    const file = tapeIn(textOf(await readFile(path)), basename(path))
    return file && (await recordsIn(file))
  } catch (error) {
    const message = `The tape file ${path} cannot be used: ${messageOf(error)} Repair it, or export the trace again with runtape export.`
    throw new RuntapeError('invalid-record', message, { cause: error })
  }
}

/** Decodes text: UTF-8, or UTF-16 if there is a byte order mark. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
  return new TextDecoder(encoding).decode(bytes)
}

// File names as `exportTape` creates them.
const tapeName = /-[0-9a-f]{32}\.json$/i

function tapeIn(text: string, name: string): TapeFile | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    if (!tapeName.test(name) && !/"tape"\s*:/.test(text)) return undefined
    throw new RuntapeError('invalid-record', `it is not JSON (${messageOf(error)}).`)
  }
  return isMeantAsTape(json) || tapeName.test(name) ? requireTape(json) : undefined
}

function isMeantAsTape(json: unknown): boolean {
  const { tape, spans } = (json ?? {}) as Partial<TapeFile>
  return tape !== undefined || Array.isArray(spans)
}

async function recordsIn(file: TapeFile): Promise<TapeRecords> {
  // Loaded on demand: zod is slow to load, and without tapes it is not needed.
  const { parseRecord } = await import('@runtape/schemas')
  const records = recordsOf(file).map(parseRecord)
  return {
    traceId: file.traceId,
    events: records.filter(record => record.kind === 'run-event'),
    spans: records.filter(record => record.kind === 'span'),
  }
}

function requireTape(json: unknown): TapeFile {
  const file = json as Partial<TapeFile> | null
  if (typeof file !== 'object' || file === null || file.tape === undefined) {
    throw new RuntapeError('invalid-record', 'it has no "tape" with a version, so it is not a tape.')
  }
  if (file.tape !== tapeVersion) {
    throw new RuntapeError(
      'invalid-record',
      `it has version ${file.tape}, and this @runtape/replay reads version ${tapeVersion}. Update @runtape/replay.`,
    )
  }
  if (!Array.isArray(file.runs) || !Array.isArray(file.spans))
    throw new RuntapeError('invalid-record', 'it lacks "runs" or "spans".')
  return file as TapeFile
}
