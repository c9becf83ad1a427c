import { replaysAs } from './replay.ts'

replaysAs(5)
