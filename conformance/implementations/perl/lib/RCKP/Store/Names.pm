package RCKP::Store::Names;

# Names that a store makes up, and how long a name may be.

use v5.36;
use POSIX ();
use Exporter 'import';
our @EXPORT_OK = qw(temporary_name is_temporary_name kept_name name_limit);

# SAFE-5, SAFE-17: the form that writers of different make have agreed on.
sub temporary_name          { '.rckp-' . _random_hex() . '.tmp' }
sub is_temporary_name ($name) { $name =~ /\A\.rckp-[0-9a-f]{16}\.tmp\z/ }

# SAFE-10: another name that is no checkpoint's, and no temporary file's either,
# or the next writer would sweep it up.
sub kept_name ($name, $limit) {
    my $tail = '.kept-' . _random_hex();
    return substr($name, 0, $limit - length $tail) . $tail;
}

# How many bytes a name may have where this path is, or will be.
sub name_limit ($path) {
    my $there = $path;
    until (-e $there || $there eq '/' || $there eq '.') {
        $there =~ s{/*[^/]+/*\z}{};
        $there = $path =~ m{\A/} ? '/' : '.' if $there eq '';
    }
    return POSIX::pathconf($there, POSIX::_PC_NAME_MAX()) // 255;
}

sub _random_hex {
    my $bytes = '';
    if (open my $random, '<:raw', '/dev/urandom') { sysread $random, $bytes, 8 }
    return unpack 'H*', $bytes if length $bytes == 8;
    return sprintf '%08x%08x', map { int rand 2**32 } 1, 2;
}

1;
