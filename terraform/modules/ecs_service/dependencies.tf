# Which containers wait for which. A validation may not read locals that are made of its own variable, hence a precondition
# of the task definition.
locals {
  _by_name = { for container in local._containers : container.name => container }

  _dependencies = flatten([for container in local._containers : [
    for other, condition in container.depends_on : { name = container.name, other = other, condition = condition }
  ]])

  faulty_dependencies = [
    for each in local._dependencies : "${each.name} on ${each.other} ${each.condition}" if !(
      each.name != each.other && contains(keys(local._by_name), each.other) && anytrue([
        each.condition == "START",
        contains(["COMPLETE", "SUCCESS"], each.condition) && !try(local._by_name[each.other].essential, true),
        each.condition == "HEALTHY" && try(local._by_name[each.other].health_check, null) != null,
      ])
    )
  ]
}
