import type { Sink } from '@runtape/core'

/** A sink that acknowledges a record before it writes it: the soak must notice. */
export function acknowledgesEarly(sink: Sink): Sink {
  return {
    ...sink,
    append: record => {
      setTimeout(() => sink.append(record), 500)
      return true
    },
    flush: () => sink.flush(),
    close: () => sink.close(),
  }
}

/** Makes the file keep every event, not only the first of a slot. */
export const withoutIdentity = 'DROP INDEX run_events_identity'

/** Makes the last event of a slot win, not the first. */
export const lastOneStands = `
  CREATE TRIGGER last_one_stands BEFORE INSERT ON run_events BEGIN
    DELETE FROM run_events WHERE run_id = NEW.run_id AND metric = NEW.metric;
  END`
