locals {
  # These want settings that nobody can give here, and cost extra.
  unsupported_groups = [
    "AWSManagedRulesACFPRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesAntiDDoSRuleSet",
    "AWSManagedRulesBotControlRuleSet",
  ]
}
