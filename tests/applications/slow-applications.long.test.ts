import { describe } from 'vitest'
import { programs } from './support/session.ts'
import { isSlow } from './support/slow.ts'
import { testPrograms } from './support/test-programs.ts'

describe('slow realistic applications', () => testPrograms(programs.filter(isSlow)))
