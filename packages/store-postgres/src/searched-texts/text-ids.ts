import type { SearchPlace } from '@runtape/core/store'

const places: readonly SearchPlace[] = ['input', 'output', 'error', 'comment']

/** The id of a text of a row. */
export const textId = (rowId: number, place: SearchPlace): number =>
  rowId * places.length + places.indexOf(place)

export const placeOf = (id: number): SearchPlace => places[id % places.length] as SearchPlace

/** The ids of all texts that rows can have. */
export const textIds = (rowIds: readonly number[]): number[] =>
  rowIds.flatMap(id => places.map(place => textId(id, place)))
