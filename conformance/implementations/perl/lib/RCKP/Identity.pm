package RCKP::Identity;

# What makes two runs alike, and its two hashes (Identity). An identity is a hash
# with the four texts algorithm_name, algorithm_parameters, problem_description
# and problem_parameters.

use v5.36;
no warnings 'portable';    # Layout.pm has seen to it that integers have 64 bits
use Exporter 'import';
use RCKP::Error;
use RCKP::Layout 'is_text';
our @EXPORT_OK = qw(stable_hash signature_hashes);

# IDENT-1: FNV-1a with 64 bits.
sub stable_hash ($text) {
    RCKP::Error->throw('lone-surrogate') unless is_text($text);
    utf8::encode($text);
    my $hash = 0xCBF29CE484222325;
    {
        use integer;    # wraps modulo 2^64, where Perl would go on with doubles
        $hash = ($hash ^ $_) * 0x100000001B3 for unpack 'C*', $text;
    }
    return $hash & 0xFFFF_FFFF_FFFF_FFFF;    # without a sign again
}

# IDENT-2: algorithm and problem.
sub signature_hashes ($identity) {
    my @texts = qw(algorithm_name algorithm_parameters problem_description problem_parameters);
    for my $field (@texts) {
        RCKP::Error->throw('lone-surrogate', field => $field) unless is_text($identity->{$field});    # IDENT-3
    }
    my ($name, $algorithm_parameters, $description, $problem_parameters) = @$identity{@texts};
    return stable_hash("$name|$algorithm_parameters"), stable_hash("$description|$problem_parameters");
}

1;
