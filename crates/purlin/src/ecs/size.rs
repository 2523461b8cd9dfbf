//! The task sizes of Fargate: CPU, and the memory for it.

use purlin_construct::Scope;

/// The CPU of a task, in units of which 1024 are a virtual CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpu(u32);

impl Cpu {
    /// 256 units: with 512, 1024 or 2048 MiB.
    pub const QUARTER_VCPU: Self = Self(256);
    /// 512 units: with 1 to 4 GiB.
    pub const HALF_VCPU: Self = Self(512);
    /// 1024 units: with 2 to 8 GiB.
    pub const VCPU_1: Self = Self(1024);
    /// 2048 units: with 4 to 16 GiB.
    pub const VCPU_2: Self = Self(2048);
    /// 4096 units: with 8 to 30 GiB.
    pub const VCPU_4: Self = Self(4096);
    /// 8192 units: with 16 to 60 GiB, in steps of 4 GiB.
    pub const VCPU_8: Self = Self(8192);
    /// 16384 units: with 32 to 120 GiB, in steps of 8 GiB.
    pub const VCPU_16: Self = Self(16384);

    /// A number of units, for example from settings. A size that Fargate does not offer is a problem.
    pub const fn of_units(units: u32) -> Self {
        Self(units)
    }

    /// The number of units.
    pub const fn units(self) -> u32 {
        self.0
    }
}

impl From<u32> for Cpu {
    fn from(units: u32) -> Self {
        Self(units)
    }
}

/// The memory, in MiB, for a CPU: from the least to the greatest, in steps.
struct Offer {
    cpu: u32,
    least: u32,
    greatest: u32,
    step: u32,
    windows: bool,
}

const fn offer(cpu: u32, least: u32, greatest: u32, step: u32, windows: bool) -> Offer {
    Offer { cpu, least, greatest, step, windows }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html>
const OFFERS: [Offer; 7] = [
    offer(256, 512, 2048, 512, false),
    offer(512, 1024, 4096, 1024, false),
    offer(1024, 2048, 8192, 1024, true),
    offer(2048, 4096, 16384, 1024, true),
    offer(4096, 8192, 30720, 1024, true),
    offer(8192, 16384, 61440, 4096, false),
    offer(16384, 32768, 122_880, 8192, false),
];

impl Offer {
    fn has(&self, memory: u32) -> bool {
        // A quarter of a virtual CPU has 512, 1024 or 2048 MiB.
        (self.least..=self.greatest).contains(&memory)
            && memory.is_multiple_of(self.step)
            && !(self.cpu == 256 && memory == 1536)
    }

    fn text(&self) -> String {
        if self.cpu == 256 {
            return "512, 1024 or 2048 MiB".to_owned();
        }
        format!("{} to {} MiB in steps of {}", self.least, self.greatest, self.step)
    }
}

/// The minimum memory for a CPU: the default of a task.
pub(super) fn least_memory(cpu: Cpu) -> u32 {
    OFFERS.iter().find(|offer| offer.cpu == cpu.0).map_or(512, |offer| offer.least)
}

/// Reports a size that Fargate does not offer.
pub(super) fn check(scope: &Scope, cpu: Cpu, memory: u32, is_windows: bool) {
    let cpus = || {
        let offered = OFFERS.iter().filter(|offer| offer.windows || !is_windows);
        offered.map(|offer| offer.cpu.to_string()).collect::<Vec<_>>().join(", ")
    };
    let Some(offer) = OFFERS.iter().find(|offer| offer.cpu == cpu.0 && (offer.windows || !is_windows)) else {
        let windows = if is_windows { " for Windows" } else { "" };
        scope.error(
            format!("the task has {} CPU units, but AWS takes {}{windows}", cpu.0, cpus()),
            "choose one of them by `.cpu(..)`; 1024 units are a virtual CPU",
        );
        return;
    };
    if !offer.has(memory) {
        let other = OFFERS.iter().find(|other| other.has(memory) && (other.windows || !is_windows));
        let instead = other.map_or_else(String::new, |other| format!(", or `.cpu(Cpu::of_units({}))`", other.cpu));
        scope.error(
            format!(
                "the task has {} CPU units and {memory} MiB of memory, but AWS takes {} for this CPU",
                cpu.0,
                offer.text()
            ),
            format!("set one of these by `.memory_mib(..)`{instead}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use purlin_construct::{App, Stack};

    use super::*;

    /// The message about a size; none where Fargate offers it.
    fn problem(cpu: u32, memory: u32, is_windows: bool) -> Option<String> {
        let app = App::new();
        let stack = app.add("S", Stack::props());
        stack.add("Topic", purlin_construct::CfnResource::new("AWS::SNS::Topic"));
        check(&stack, Cpu::of_units(cpu), memory, is_windows);
        app.synth().err().map(|problems| format!("{}; {}", problems[0].message, problems[0].hint))
    }

    #[test]
    fn cdk_23_sizes_that_fargate_does_not_offer_are_problems() {
        let table: [(u32, &[u32], &[u32]); 7] = [
            (256, &[512, 1024, 2048], &[256, 768, 1536, 3072]),
            (512, &[1024, 2048, 3072, 4096], &[512, 1536, 5120]),
            (1024, &[2048, 5120, 8192], &[1024, 9216]),
            (2048, &[4096, 5120, 16384], &[3072, 17408, 4608]),
            (4096, &[8192, 30720], &[7168, 31744]),
            (8192, &[16384, 20480, 61440], &[12288, 17408, 65536]),
            (16384, &[32768, 40960, 122_880], &[24576, 36864, 131_072]),
        ];
        for (cpu, offered, refused) in table {
            for memory in offered {
                assert_eq!(problem(cpu, *memory, false), None, "{cpu}/{memory}");
            }
            for memory in refused {
                assert!(problem(cpu, *memory, false).is_some(), "{cpu}/{memory}");
            }
            assert_eq!(problem(cpu, least_memory(Cpu::of_units(cpu)), false), None);
        }
    }

    #[test]
    fn the_message_lists_the_sizes() {
        assert_eq!(
            problem(256, 16384, false).as_deref(),
            Some(
                "the task has 256 CPU units and 16384 MiB of memory, but AWS takes 512, 1024 or 2048 MiB for this CPU; set one of these by `.memory_mib(..)`, or `.cpu(Cpu::of_units(2048))`"
            )
        );
        let unknown = problem(333, 512, false).expect("no such CPU");
        assert!(
            unknown.starts_with("the task has 333 CPU units, but AWS takes 256, 512, 1024, 2048, 4096, 8192, 16384;")
        );
        let windows = problem(512, 1024, true).expect("too small for Windows");
        assert!(windows.starts_with("the task has 512 CPU units, but AWS takes 1024, 2048, 4096 for Windows;"));
    }
}
