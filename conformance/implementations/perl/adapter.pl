#!/usr/bin/perl
# The adapter of the conformance suite: questions on standard input, answers on
# standard output, one JSON object a line. It only translates; see protocol.md.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Math::BigInt ();
use RCKP::Decoder 'decode';
use RCKP::Encoder 'encode';
use RCKP::Error;
use RCKP::Identity 'signature_hashes';
use RCKP::Layout 'FIELDS';
use RCKP::Paths qw(scope file_name base_dir);
use RCKP::RunId 'timestamp';
use RCKP::Selection qw(resumable select_one choose);
use RCKP::Store;

my $json    = JSON::PP->new->ascii;
my %type_of = map { @$_ } FIELDS;

my %do = (
    'decode'           => sub ($q) { record => record_out(decode(bytes($q->{bytes}))) },
    'encode'           => sub ($q) { bytes => hex_of(encode(wrong_record_in($q->{record}))) },
    'signature-hashes' => sub ($q) { hashes(signature_hashes(identity($q))) },
    'run-id-timestamp' => sub ($q) { timestamp => timestamp($q->{run_id}) },
    'file-name'        => sub ($q) { name => hex_of(file_name($q)) },
    'scope-path'       => sub ($q) { path => hex_of(join '/', scope(record_in($q))) },
    'base-dir'         => sub ($q) { path => hex_of(base_dir(base_dir_in($q))) },
    'files'            => sub ($q) { paths(store($q)->files) },
    'read'             => sub ($q) { record => record_out(store($q)->read(bytes($q->{path}))) },
    'write'            => sub ($q) { path => hex_of(store($q)->write(record_in($q->{record}))) },
    'delete'           => sub ($q) { removed => boolean(store($q)->delete(bytes($q->{path}))) },
    'purge'            => sub ($q) { removed => '' . store($q)->purge(integer($q->{before})) },
    'purge-age'        => sub ($q) { removed => '' . store($q)->purge_by_age(integer($q->{age})) },
    'list'             => sub ($q) { entries(resumable(store($q), identity($q))) },
    'select'           => sub ($q) { selected => selected($q) },
);

sub bytes   ($hex)     { pack 'H*', $hex }
sub hex_of  ($bytes)   { unpack 'H*', $bytes }
sub boolean ($value)   { $value ? JSON::PP::true : JSON::PP::false }
sub store   ($q)       { RCKP::Store->new(bytes($q->{base}), lock_wait($q)) }
sub hashes  ($a, $p)   { algorithm_signature_hash => "$a", problem_signature_hash => "$p" }
sub entries ($found, $left_out) { paths([map { $_->{path} } @$found], $left_out) }

sub lock_wait ($q) {
    return defined $q->{lock_timeout} ? (lock_wait => $q->{lock_timeout} / 1000) : ();
}

sub paths ($paths, $left_out) {
    return paths => [map { hex_of($_) } @$paths], reported => [map { hex_of($_->get('path')) } @$left_out];
}

# A native integer where it fits, since these are exact.
sub integer ($decimal) {
    my $native = 0 + $decimal;
    return "$native" eq $decimal ? $native : Math::BigInt->new($decimal);
}

sub text ($value) { ref $value ? from_utf16(bytes($value->{utf16})) : $value }

# Pairs of surrogates become one character, lone ones stay: Perl's strings hold them.
sub from_utf16 ($units) {
    my $text = pack 'W*', unpack 'n*', $units;
    $text =~ s{([\x{D800}-\x{DBFF}])([\x{DC00}-\x{DFFF}])}
              {chr(0x10000 + ((ord($1) - 0xD800) << 10) + ord($2) - 0xDC00)}ge;
    return $text;
}

sub identity ($q) {
    return {map { $_ => text($q->{$_}) }
            qw(algorithm_name algorithm_parameters problem_description problem_parameters)};
}

sub record_out ($record) {
    return {map { $_ => defined $record->{$_} ? "$record->{$_}" : undef } keys %$record};
}

# All members that are no fields, such as those of a question, are left out.
sub record_in ($given) {
    return {map { $_ => plain($_, $given->{$_}) } grep { exists $type_of{$_} } keys %$given};
}

sub plain ($field, $value) {
    return undef unless defined $value;
    return ($type_of{$field} // '') eq 'u64' ? integer($value) : $value;
}

# Records with wrong values (protocol, "Records with wrong values").
my %wrong = (
    boolean => sub ($value) { $value eq 'true' ? !!1 : !!0 },
    float   => sub ($value) { 0 + $value },
    integer => \&integer,
    text    => sub ($value) { $value },
    bytes   => \&bytes,
    utf16   => sub ($value) { from_utf16(bytes($value)) },
);

sub wrong_record_in ($given) {
    my %record;
    for my $field (keys %$given) {
        my $value = $given->{$field};
        my ($type) = ref $value ? keys %$value : ();
        die "UNSUPPORTED In Perl, bytes are a string as well.\n"
            if defined $type && $type eq 'bytes' && ($type_of{$field} // '') =~ /string|option/;
        die "UNSUPPORTED In Perl, a number with an integral value is an integer.\n"
            if defined $type && $type eq 'float' && $value->{float} == int $value->{float};
        $record{$field} = defined $type ? $wrong{$type}->($value->{$type}) : plain($field, $value);
    }
    return \%record;
}

sub base_dir_in ($q) {
    my %environment = $q->{environment}->%*;
    utf8::encode($_) for values %environment;
    my @paths = map { $_ => defined $q->{$_} ? bytes($q->{$_}) : undef } qw(explicit project);
    return (@paths, system => $q->{system}, environment => \%environment);
}

sub selected ($q) {
    my @ask = exists $q->{answer} ? (ask => sub ($found) { choose($found, $q->{answer}) }) : ();
    my $entry = select_one(store($q), identity($q), run_id => $q->{run_id}, @ask);
    return $entry && hex_of($entry->{path});
}

sub hello {
    return {
        type    => 'hello', name => 'rckp-perl', version => '1.0.0', language => 'Perl',
        classes => [qw(reader writer identity store selection)],
    };
}

sub answer ($q) {
    my $op = $do{$q->{op}} or return {type => 'unsupported', reason => 'No such operation.'};
    my %given;
    return {type => 'ok', %given} if eval { %given = $op->($q); 1 };
    my $error = $@;
    return {type => 'unsupported', reason => $1} if $error =~ /\AUNSUPPORTED (.*)\n\z/;
    die $error unless ref $error && $error->isa('RCKP::Error');
    my %known = (code => $error->code, map { $_ => $error->get($_) } qw(field offset wanted available));
    return {type => 'error', map { $_ => "$known{$_}" } grep { defined $known{$_} } keys %known};
}

$| = 1;
while (defined(my $line = <STDIN>)) {
    my $q = $json->decode($line);
    last if $q->{type} eq 'bye';
    my $a = $q->{type} eq 'hello' ? hello() : {answer($q)->%*, id => $q->{id}};
    say $json->encode($a);
}
