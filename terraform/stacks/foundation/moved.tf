# November 2026: the model bucket may be an existing one.
moved {
  from = module.model_store
  to   = module.model_store[0]
}
