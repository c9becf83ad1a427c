import { countsOnce } from './beneath.ts'

countsOnce(5)
