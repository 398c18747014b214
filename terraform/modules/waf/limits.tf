locals {
  # These rule groups require settings that the environment file does not have, and cost extra.
  unsupported_groups = [
    "AWSManagedRulesACFPRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesAntiDDoSRuleSet",
    "AWSManagedRulesBotControlRuleSet",
  ]
}
