import { readFile } from 'node:fs/promises'
import { type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { recordsOf, type TapeFile, tapeVersion } from './tape-file.ts'

/** What a tape file holds. */
export interface TapeRecords {
  readonly traceId: string
  readonly events: readonly RunEvent[]
  readonly spans: readonly SpanRecord[]
}

/**
 * Reads a tape file, also one that was edited by hand.
 *
 * @throws {RuntapeError} `invalid-record` with the file and what is wrong in it
 */
export async function readTape(path: string): Promise<TapeRecords> {
  try {
    return await parseTape(await readFile(path, 'utf8'))
  } catch (error) {
    const message = `The tape file ${path} cannot be used: ${messageOf(error)} Mend it, or export the trace again with runtape export.`
    throw new RuntapeError('invalid-record', message, { cause: error })
  }
}

async function parseTape(text: string): Promise<TapeRecords> {
  const file = requireTape(parseJson(text))
  // With the first file: who has none loads no validator.
  const { parseRecord } = await import('@runtape/core/schemas')
  const records = recordsOf(file).map(parseRecord)
  return {
    traceId: file.traceId,
    events: records.filter(record => record.kind === 'run-event'),
    spans: records.filter(record => record.kind === 'span'),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Error(`it is not JSON (${messageOf(error)}).`)
  }
}

function requireTape(json: unknown): TapeFile {
  const file = json as Partial<TapeFile> | null
  if (typeof file !== 'object' || file === null || file.tape === undefined) {
    throw new Error('it has no "tape" with a version, so it is not a tape.')
  }
  if (file.tape !== tapeVersion) {
    throw new Error(
      `it is of version ${file.tape}, and this @runtape/replay reads ${tapeVersion}. Update it.`,
    )
  }
  if (!Array.isArray(file.runs) || !Array.isArray(file.spans)) throw new Error('it lacks "runs" or "spans".')
  return file as TapeFile
}
