import type { Payload } from '@runtape/core'
import { decodeValue } from '@runtape/trace'

export const valueOf = (payload: Payload | undefined): unknown => payload && decodeValue(payload)
