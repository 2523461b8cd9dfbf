//! Application Auto Scaling: targets that scale, and the policies that scale them.
