/** Number of rows in a segment. Row `id` is in segment `floor(id / segmentRows)`. */
export const segmentRows = 2048
