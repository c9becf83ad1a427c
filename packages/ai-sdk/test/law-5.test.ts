import { keepsTheLaw } from './law.ts'

keepsTheLaw(5)
