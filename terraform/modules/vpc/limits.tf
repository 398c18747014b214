locals {
  # An ALB wants at least a /27 per subnet: eight of them are what a /24 holds, so four zones.
  zone_letters    = ["a", "b", "c", "d"]
  zones_of_region = [for letter in local.zone_letters : "${var.region}${letter}"]
  private_ranges  = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
}
