import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing } from '@runtape/trace'

const folder = mkdtempSync(join(tmpdir(), 'runtape-applications-'))

/** The file on which all programs of this process record. */
export const store = sqliteStore(join(folder, 'tape.db'))
export const recorder = createRecorder({ store })
configureTracing({ sink: recorder })

/** Ends the recording and removes the file. */
export async function closeTape(): Promise<void> {
  await recorder.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
}
