locals {
  # An ALB requires at least a /27 per subnet; a /24 contains eight of them, enough for four zones.
  zone_letters    = ["a", "b", "c", "d"]
  zones_of_region = [for letter in local.zone_letters : "${var.region}${letter}"]
  private_ranges  = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
}
