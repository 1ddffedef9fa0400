package RCKP::Error;

# What this library dies with: a fault of a file, an error of a record, or
# something that a store or a selector cannot do. `code` is one of the
# specification's (errors.json); the other members are there where they are known:
# field, offset, wanted, available, path, reason, errno, removed, failures.

use v5.36;
use overload '""' => \&message, fallback => 1;

sub new   ($class, $code, %details) { bless {code => $code, %details}, $class }
sub throw ($class, @details)        { die $class->new(@details) }

sub code ($self)           { $self->{code} }
sub is   ($self, $code)    { $self->{code} eq $code }
sub get  ($self, $details) { $self->{$details} }

sub message ($self, @) {
    my @told = map { defined $self->{$_} ? "$_ $self->{$_}" : () }
        qw(field offset wanted available path reason removed);
    return join ', ', $self->{code}, @told;
}

# Gives the error that a block died with, or undef. What is no RCKP::Error is a
# fault of this program and goes on upwards.
sub caught_in ($class, $block) {
    return undef if eval { $block->(); 1 };
    my $error = $@;
    die $error unless ref $error && $error->isa($class);
    return $error;
}

1;
