//! Security policies: the TLS versions and ciphers of an HTTPS listener.

use purlin_construct::cfn_enum;

cfn_enum! {
    /// A security policy of an HTTPS listener
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>).
    ///
    /// The policies of AWS's current families are constants; write any other as `SslPolicy::custom("..")`.
    pub enum SslPolicy {
        TLS13_1_3 = "ELBSecurityPolicy-TLS13-1-3-2021-06",
        TLS13_1_2 = "ELBSecurityPolicy-TLS13-1-2-2021-06",
        TLS13_1_2_RES = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        TLS13_1_2_EXT1 = "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
        TLS13_1_2_EXT2 = "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        TLS13_1_1 = "ELBSecurityPolicy-TLS13-1-1-2021-06",
        TLS13_1_0 = "ELBSecurityPolicy-TLS13-1-0-2021-06",
        PQ_TLS13_1_3 = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
        PQ_TLS13_1_2 = "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
        PQ_TLS13_1_2_RES = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        PQ_TLS13_1_2_EXT1 = "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09",
        PQ_TLS13_1_2_EXT2 = "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
        PQ_TLS13_1_0 = "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09",
        FIPS_TLS13_1_3 = "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
        FIPS_TLS13_1_2 = "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
        FIPS_TLS13_1_2_RES = "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
        FIPS_TLS13_1_2_EXT0 = "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
        FIPS_TLS13_1_2_EXT1 = "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04",
        FIPS_TLS13_1_2_EXT2 = "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04",
        FIPS_TLS13_1_1 = "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04",
        FIPS_TLS13_1_0 = "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04",
        FIPS_PQ_TLS13_1_3 = "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_2 = "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_2_RES = "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_2_EXT0 = "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_2_EXT1 = "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_2_EXT2 = "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09",
        FIPS_PQ_TLS13_1_0 = "ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09",
        FS_1_2_RES_GCM = "ELBSecurityPolicy-FS-1-2-Res-2020-10",
        FS_1_2_RES = "ELBSecurityPolicy-FS-1-2-Res-2019-08",
        FS_1_2 = "ELBSecurityPolicy-FS-1-2-2019-08",
        FS_1_1 = "ELBSecurityPolicy-FS-1-1-2019-08",
        FS = "ELBSecurityPolicy-FS-2018-06",
        TLS_1_2 = "ELBSecurityPolicy-TLS-1-2-2017-01",
        TLS_1_2_EXT = "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
        TLS_1_1 = "ELBSecurityPolicy-TLS-1-1-2017-01",
        TLS_1_0_OF_2016 = "ELBSecurityPolicy-2016-08",
        TLS_1_0_WITH_DES = "ELBSecurityPolicy-TLS-1-0-2015-04",
    }
}
