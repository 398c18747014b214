# 2026-11-29: one resource for all policies, one for who has which.
moved {
  from = aws_iam_policy.read
  to   = aws_iam_policy.github["read"]
}

moved {
  from = aws_iam_policy.change["data"]
  to   = aws_iam_policy.github["data"]
}

moved {
  from = aws_iam_policy.change["identities"]
  to   = aws_iam_policy.github["identities"]
}

moved {
  from = aws_iam_policy.change["load_balancing"]
  to   = aws_iam_policy.github["load_balancing"]
}

moved {
  from = aws_iam_policy.change["network"]
  to   = aws_iam_policy.github["network"]
}

moved {
  from = aws_iam_policy.change["services"]
  to   = aws_iam_policy.github["services"]
}

moved {
  from = aws_iam_policy.change["watching"]
  to   = aws_iam_policy.github["watching"]
}

moved {
  from = aws_iam_role_policy_attachment.read["plan"]
  to   = aws_iam_role_policy_attachment.github["plan/read"]
}

moved {
  from = aws_iam_role_policy_attachment.read["publish"]
  to   = aws_iam_role_policy_attachment.github["publish/read"]
}

moved {
  from = aws_iam_role_policy_attachment.read["apply"]
  to   = aws_iam_role_policy_attachment.github["apply/read"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["data"]
  to   = aws_iam_role_policy_attachment.github["apply/data"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["identities"]
  to   = aws_iam_role_policy_attachment.github["apply/identities"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["load_balancing"]
  to   = aws_iam_role_policy_attachment.github["apply/load_balancing"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["network"]
  to   = aws_iam_role_policy_attachment.github["apply/network"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["services"]
  to   = aws_iam_role_policy_attachment.github["apply/services"]
}

moved {
  from = aws_iam_role_policy_attachment.apply["watching"]
  to   = aws_iam_role_policy_attachment.github["apply/watching"]
}
