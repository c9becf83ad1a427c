const earliest = Date.UTC(2020, 0, 1)

/** The time at which an event counts: `isPossibleTime` of core, in SQL. */
export const countedAt = `CASE
  WHEN received_at IS NULL THEN at
  WHEN at >= ${earliest} AND (received_at < ${earliest} OR at <= received_at + 300000) THEN at
  ELSE received_at END`
