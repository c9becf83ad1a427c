export { type Plan, type PlanOptions, planFor } from './plan.ts'
export { examineProject, type Framework, type Project } from './project/project.ts'
export { type StoreChoice, storeChoices } from './templates/stores.ts'
export { type WrittenFiles, writeFiles } from './write-files.ts'
