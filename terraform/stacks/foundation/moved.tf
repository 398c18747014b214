# November 2026: there may be a model bucket already.
moved {
  from = module.model_store
  to   = module.model_store[0]
}
